//! The store as its callers use it, on a database in a temporary folder.
