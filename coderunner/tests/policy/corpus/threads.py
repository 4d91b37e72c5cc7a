"""A pool of threads, locks, queues."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

WANT = {"mapped": [0, 1, 4, 9], "sum": 10, "queued": 3}


def main():
    lock, state, jobs = threading.Lock(), {"sum": 0}, queue.Queue()

    def work(n):
        with lock:
            state["sum"] += n
        return n

    with ThreadPoolExecutor(max_workers=4) as pool:
        mapped = list(pool.map(lambda n: n * n, range(4)))
        for future in as_completed([pool.submit(work, n) for n in range(5)]):
            jobs.put(future.result())
    queued = 0
    while not jobs.empty() and queued < 3:
        jobs.get()
        queued += 1
    return {"mapped": mapped, "sum": state["sum"], "queued": queued}
