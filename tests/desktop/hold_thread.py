#!/usr/bin/python3
"""Makes the main thread of a process stand still until standard input ends: `hold_thread.py PID`. The other threads go on.

That is what a user interface does that is busy or waits for a dialog. Prints `held` once the thread stands.
"""
import ctypes
import os
import sys

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        sys.exit(f"ptrace {request:#x}: {os.strerror(error)} (kernel.yama.ptrace_scope must be 0, or this must be root)")


def is_waiting(thread):
    """Whether it sleeps in the kernel, as a loop without events does: then it holds no lock of the allocator."""
    with open(f"/proc/{thread}/task/{thread}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


main = int(sys.argv[1])
trace(SEIZE, main)
while not is_waiting(main):
    pass
trace(INTERRUPT, main)
os.waitpid(main, WALL)
print("held", flush=True)
sys.stdin.read()
trace(DETACH, main)
