"""The report on runs: tables, charts, samples and a conclusion, all made from the store's data."""
