#!/usr/bin/python3
"""Asks an X window to close, as the close button of its frame does: `close_window.py NUMBER`."""
import ctypes, sys

class Data(ctypes.Union):
    _fields_ = [("l", ctypes.c_long * 5)]

class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
                ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong), ("format", ctypes.c_int), ("data", Data)]

class Event(ctypes.Union):
    _fields_ = [("message", Message), ("pad", ctypes.c_long * 24)]

x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = ctypes.c_ulong
display = ctypes.c_void_p(x.XOpenDisplay(None))
window = ctypes.c_ulong(int(sys.argv[1]))
atom = lambda name: x.XInternAtom(display, name, 0)
event = Event()
event.message.type, event.message.window, event.message.format = 33, window.value, 32
event.message.message_type = atom(b"WM_PROTOCOLS")
event.message.data.l[0] = atom(b"WM_DELETE_WINDOW")
x.XSendEvent(display, window, 0, 0, ctypes.byref(event))
x.XSync(display, 0)
