//! The queue as a whole: real attempts on a database in a temporary folder.
