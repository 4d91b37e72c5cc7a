"""Resampling, rolling windows, time zones, shifts."""

import pandas as pd

WANT = {"weekly": [6.0, 15.0], "rolling": [1.5, 2.5, 3.5, 4.5, 5.5], "hour": 9, "change": 1.0}


def main():
    days = pd.date_range("2024-01-01", periods=6, freq="D", tz="UTC")
    series = pd.Series([1.0, 2, 3, 4, 5, 6], index=days)
    return {
        "weekly": series.resample("3D").sum().tolist(),
        "rolling": series.rolling(2).mean().dropna().tolist(),
        "hour": int(days.tz_convert("Asia/Tokyo").hour[0]),
        "change": float((series - series.shift(1)).iloc[-1]),
    }
