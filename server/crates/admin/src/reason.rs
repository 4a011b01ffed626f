//! The reasons for which requests are refused: what HTTP says of each, here and nowhere else.

web::reasons! {
    /// The link is unknown, was used, or its hour is over.
    InvitationInvalid: "the link is no invitation" => InvitationInvalid, "bad_invitation";
    /// Tokens with the role may still be on their way, so it cannot be given back yet.
    RoleTakenLately: "the role was taken away a moment ago" => RoleTakenLately, "taken_lately";
}
