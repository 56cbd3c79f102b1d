//! Contact points, composition, schedule, channels and receipts
