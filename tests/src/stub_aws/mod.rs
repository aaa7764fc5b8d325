//! The services of Amazon on this machine, each speaking its wire format over real sockets.

pub mod ses;
