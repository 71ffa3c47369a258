# Makes the Parquet files of this folder, which read_test.go reads: python3 make.py (PyArrow 15 or later).
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))
n = 12
i = np.arange(n)
columns = {
    "f8": pa.array(i / 4 - 1, pa.float64()),
    "f4": pa.array(i / 2, pa.float32()),
    "f2": pa.array((i / 8 - 0.5).astype(np.float16), pa.float16()),
    "i8": pa.array(i - 5, pa.int8()),
    "u8": pa.array(i + 250 - n, pa.uint8()),
    "i16": pa.array(i * 7 - 30, pa.int16()),
    "i32": pa.array(i * 1000 - 1, pa.int32()),
    "u32": pa.array(i * 2**28, pa.uint32()),
    "i64": pa.array(i * 10 - 50, pa.int64()),
    "u64": pa.array(i * 3, pa.uint64()),
    "ok": pa.array(i % 3 == 0, pa.bool_()),
    "price": pa.array([f"{k}.25" for k in range(n)]).cast(pa.decimal128(9, 2)),
    "channel": pa.array([["ee", "mm", "em"][k % 3] for k in range(n)]),
    "category": pa.array([["b", "a"][k % 2] for k in range(n)]).dictionary_encode(),
    "holes": pa.array([None if k % 5 == 3 else k / 2 for k in range(n)], pa.float64()),
    "when": pa.array(i, pa.timestamp("s")),
    "list": pa.array([[1.0, 2.0]] * n),
    "jet": pa.array([{"pt": 1.0}] * n),
    "raw": pa.array([b"\x00\x01"] * n, pa.binary(2)),
}
table = pa.table(columns)
plain = [c for c in columns if c not in ["when", "list", "jet", "raw"]]
for codec in ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]:
    pq.write_table(table, f"{codec}.parquet", compression=codec, row_group_size=5, store_schema=False, data_page_version="2.0" if codec in ["zstd", "none"] else "1.0")
for encoding in ["DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"]:
    pq.write_table(table.select(["i64", "i32"] if encoding[0] == "D" else ["f4", "f8"]), encoding.lower() + ".parquet", use_dictionary=False, column_encoding=encoding, store_schema=False)
pq.write_table(pa.table({"x": np.linspace(0, 1, 5000, dtype=np.float32), "y": np.arange(5000) % 7}), "pages.parquet", data_page_size=512, row_group_size=2000, store_schema=False)
