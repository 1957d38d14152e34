//! Whoever connects and says nothing, or too little, is shown out: nobody may use up the connections of the others.

use crate::support::{Home, in_time};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[tokio::test]
async fn a_connection_without_a_sign_in_is_closed() {
    let home = Home::new();
    let server = home.serve().await;
    // Nothing; the type of the first packet; half a CONNECT of 3.1.1; a whole one up to its client id; something else.
    let beginnings: [&[u8]; 5] = [
        b"",
        b"\x10",
        b"\x10\x20\x00\x04MQ",
        b"\x10\x20\x00\x04MQTT\x04\x02\x00\x3c\x00\x14abc",
        b"GET / HTTP/1.1\r\n",
    ];
    let mut silent = Vec::new();
    for beginning in beginnings {
        let mut socket = TcpStream::connect(server.broker()).await.expect("the door is open");
        socket.write_all(beginning).await.expect("is connected");
        silent.push(tokio::spawn(async move {
            let mut answer = Vec::new();
            // A reset ends it as well.
            let _reset = socket.read_to_end(&mut answer).await;
        }));
    }
    in_time("the end of each of them", futures::future::join_all(silent)).await;
}
