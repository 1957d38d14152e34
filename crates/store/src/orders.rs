//! Orders to phones.

use crate::{Error, Reader, Writer, rows};
use domain::{DeviceId, Order, OrderId, Outcome, Timestamp};
use sqlx::SqliteConnection;
use uuid::Uuid;

impl Writer {
    /// Keeps an order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_order(&mut self, order: &Order) -> Result<(), Error> {
        let (id, device, errand) = (order.id.uuid(), order.device.uuid(), rows::to_json(&order.errand));
        let (made_at, expires_at) = (order.made_at.as_millis(), order.expires_at.as_millis());
        let mut transaction = self.begin().await?;
        sqlx::query!(
            "INSERT INTO orders (id, device_id, what, made_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            id,
            device,
            errand,
            made_at,
            expires_at
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Remembers how an order ended, if it had not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_order(
        &mut self,
        order: OrderId,
        outcome: Outcome,
        at: Timestamp,
    ) -> Result<(), Error> {
        settle(&mut self.connection, order, outcome, at).await
    }
}

pub(crate) async fn settle(
    connection: &mut SqliteConnection,
    order: OrderId,
    outcome: Outcome,
    at: Timestamp,
) -> Result<(), Error> {
    let (order, outcome, at) = (order.uuid(), rows::as_word(&outcome), at.as_millis());
    sqlx::query!(
        "UPDATE orders SET outcome = ?2, settled_at = ?3 WHERE id = ?1 AND outcome IS NULL",
        order,
        outcome,
        at
    )
    .execute(connection)
    .await?;
    Ok(())
}

impl Reader {
    /// The orders to a device, newest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn orders(&self, device: DeviceId, limit: u32) -> Result<Vec<Order>, Error> {
        let device = device.uuid();
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", device_id AS "device_id: Uuid", what, made_at, expires_at, delivered_at,
                      deliveries AS "deliveries: u32", settled_at, outcome
               FROM orders WHERE device_id = ?1 ORDER BY made_at DESC, id DESC LIMIT ?2"#,
            device,
            limit
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(Order::try_from).collect()
    }

    /// The order with this identifier.
    ///
    /// # Errors
    /// When the database fails or the row is inconsistent.
    pub async fn order(&self, order: OrderId) -> Result<Option<Order>, Error> {
        let order = order.uuid();
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", device_id AS "device_id: Uuid", what, made_at, expires_at, delivered_at,
                      deliveries AS "deliveries: u32", settled_at, outcome
               FROM orders WHERE id = ?1"#,
            order
        );
        row.fetch_optional(&self.pool).await?.map(Order::try_from).transpose()
    }

    /// The orders of all devices that have not ended, oldest first.
    ///
    /// # Errors
    /// When the database fails or a row is inconsistent.
    pub async fn open_orders(&self, now: Timestamp) -> Result<Vec<Order>, Error> {
        let now = now.as_millis();
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id AS "id: Uuid", device_id AS "device_id: Uuid", what, made_at, expires_at, delivered_at,
                      deliveries AS "deliveries: u32", settled_at, outcome
               FROM orders WHERE outcome IS NULL AND (delivered_at IS NOT NULL OR expires_at > ?1) ORDER BY made_at, id"#,
            now
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(Order::try_from).collect()
    }
}

struct Row {
    id: Uuid,
    device_id: Uuid,
    what: String,
    made_at: i64,
    expires_at: i64,
    delivered_at: Option<i64>,
    deliveries: u32,
    settled_at: Option<i64>,
    outcome: Option<String>,
}

impl TryFrom<Row> for Order {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let outcome = row.outcome.map(|word| rows::word::<Outcome>("orders", &word)).transpose()?;
        Ok(Self {
            id: OrderId::new(row.id),
            device: DeviceId::new(row.device_id),
            errand: rows::json("orders", &row.what)?,
            made_at: Timestamp::from_millis(row.made_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            delivered_at: row.delivered_at.map(Timestamp::from_millis),
            deliveries: row.deliveries,
            settled: outcome.zip(row.settled_at.map(Timestamp::from_millis)),
        })
    }
}
