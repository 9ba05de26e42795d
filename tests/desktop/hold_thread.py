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


main = int(sys.argv[1])
trace(SEIZE, main)
trace(INTERRUPT, main)
os.waitpid(main, WALL)
print("held", flush=True)
sys.stdin.read()
trace(DETACH, main)
