-- How soon those who pay pay, by channel, as the last night counted it.
CREATE TABLE delay_curve (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    curve TEXT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
