//! The legal calculator and its dated tables; pure
