//! How every service is started and called
