//! A private PostgreSQL and Redis per run, and a constellation in one process
