#!/usr/bin/python3
"""Runs a program whose main thread can be made to stand still: `hold_thread.py PROGRAM ARGS…`. Its other threads go on.

That is what a user interface does that is busy or waits for a dialog. SIGUSR1 holds the thread and prints `held`, SIGUSR2 lets it go
and prints `released`. Ends as the program does. It is the parent, because a kernel may let nobody else trace a process.
"""
import ctypes
import os
import signal
import subprocess
import sys

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def trace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        print(f"ptrace {request:#x}: {os.strerror(ctypes.get_errno())}", flush=True)


def is_waiting(thread):
    """Whether it sleeps in the kernel, as a loop without events does: then it holds no lock of the allocator."""
    with open(f"/proc/{thread}/task/{thread}/stat", encoding="utf-8") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "S"


def hold(thread):
    trace(SEIZE, thread)
    while not is_waiting(thread):
        pass
    trace(INTERRUPT, thread)
    os.waitpid(thread, WALL)
    print("held", flush=True)


def release(thread):
    trace(DETACH, thread)
    print("released", flush=True)


signals = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
program = subprocess.Popen(sys.argv[1:], preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, signals))
while True:
    heard = signal.sigwait(signals)
    if heard == signal.SIGUSR1:
        hold(program.pid)
    elif heard == signal.SIGUSR2:
        release(program.pid)
    elif program.poll() is not None:
        sys.exit(program.returncode)
