//! Who is of a group, as pages know them.

use crate::api::MemberKnown;
use service::Member;

/// A member.
pub fn member_known(member: Member) -> MemberKnown {
    MemberKnown {
        friend: member.friend.id,
        name: member.friend.name.to_string(),
        role: member.role,
        signs_in: member.friend.role.is_some(),
        demo: member.friend.demo,
        only_here: member.only_here,
    }
}
