//! Text that the databases can hold.

/// Whether the databases can hold a text. PostgreSQL has no NUL. Ids in paths and searches are bound as they were sent; what
/// comes in bodies is parsed into types that have none, or hashed.
pub(crate) fn is_text(text: &str) -> bool {
    !text.contains('\0')
}
