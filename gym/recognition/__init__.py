"""Which exercise a clip shows: one file each way of telling, one interface."""
