"""Runs a command and tells what it and its children took: wall and processor seconds, most memory of one of them in MB."""
import json, os, sys, time

out = os.dup(1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.perf_counter() - start
answer = {
    "code": os.waitstatus_to_exitcode(status),
    "wall": wall,
    "cpu": used.ru_utime + used.ru_stime,
    "rss": used.ru_maxrss / 1024,
}
os.write(out, json.dumps(answer).encode())
