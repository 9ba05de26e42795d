#!/usr/bin/python3
"""The parts of a desktop that a tray app talks to: a StatusNotifier watcher with a host, and a notification server.

Runs on the session bus of DBUS_SESSION_BUS_ADDRESS. Each line of standard input is a JSON request {"id": n, "do": verb, ...}, each
line of standard output an answer {"id": n, "ok": value} or {"id": n, "error": text}. Ends with standard input.

  items                     the registered tray icons with their properties
  menu                      the menu tree of the first icon: id, label, enabled, visible, checked, children
  click {entry: id}         chooses a menu entry
  notifications             everything that was shown: id, app, summary, body, actions, closed
  invoke {notification, action}   presses a button of a notification
  quit                      ends

With --no-tray there is no watcher, as on a desktop without tray icons.
"""
import json
import os
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

WATCHER = """<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>"""

NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>"""

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"


def plain(value):
    """A D-Bus value as JSON can hold it; pictures are only counted."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return f"<{len(value)} entries>" if len(value) > 64 else [plain(each) for each in value]
    return value


class Tray:
    """Watcher and host: the icons that registered, in their order."""

    def __init__(self, bus):
        self.bus = bus
        self.items = []
        bus.signal_subscribe(None, "org.freedesktop.DBus", "NameOwnerChanged", None, None, 0, self.on_owner)

    def on_call(self, bus, sender, _path, _interface, method, params, call):
        call.return_value(None)
        if method != "RegisterStatusNotifierItem":
            return
        named = params.unpack()[0]
        owner, path = (sender, named) if named.startswith("/") else (named, "/StatusNotifierItem")
        if (owner, path) not in self.items:
            self.items.append((owner, path))
        text = GLib.Variant("(s)", (owner + path,))
        bus.emit_signal(None, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher", "StatusNotifierItemRegistered", text)

    def on_owner(self, _bus, _sender, _path, _interface, _signal, params):
        name, _old, new = params.unpack()
        if not new:
            self.items = [item for item in self.items if item[0] != name]

    def on_get(self, _bus, _sender, _path, _interface, name):
        if name == "RegisteredStatusNotifierItems":
            return GLib.Variant("as", [owner + path for owner, path in self.items])
        return GLib.Variant("b", True) if name == "IsStatusNotifierHostRegistered" else GLib.Variant("i", 0)

    def call(self, owner, path, interface, method, args=None, limit_ms=4000):
        return self.bus.call_sync(owner, path, interface, method, args, None, 0, limit_ms, None).unpack()

    def properties(self, owner, path):
        asked = GLib.Variant("(s)", (ITEM,))
        return self.call(owner, path, "org.freedesktop.DBus.Properties", "GetAll", asked)[0]

    def described(self):
        return [{"owner": owner, "path": path, **plain(self.properties(owner, path))} for owner, path in self.items]

    def menu_of(self):
        if not self.items:
            raise LookupError("no tray icon is registered")
        owner, path = self.items[0]
        return owner, self.properties(owner, path)["Menu"]

    def menu(self):
        owner, menu = self.menu_of()
        self.call(owner, menu, MENU, "AboutToShow", GLib.Variant("(i)", (0,)))
        _revision, layout = self.call(owner, menu, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])))
        return entry(layout)

    def click(self, number):
        owner, menu = self.menu_of()
        event = GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("s", ""), 0))
        # Who is busy hears it later; giving up early would say that nothing was chosen.
        self.call(owner, menu, MENU, "Event", event, 60_000)
        return True


def entry(node):
    """One entry of a menu and what is below it."""
    number, properties, children = node
    return {
        "id": number,
        # An underscore marks the key that chooses the entry, two of them are one.
        "label": properties.get("label", "").replace("__", "\0").replace("_", "").replace("\0", "_"),
        "enabled": properties.get("enabled", True),
        "visible": properties.get("visible", True),
        "separator": properties.get("type") == "separator",
        "checked": properties["toggle-state"] == 1 if properties.get("toggle-type") else None,
        "children": [entry(child) for child in children],
    }


class Notifications:
    """A notification server that shows nothing and forgets nothing."""

    def __init__(self, bus):
        self.bus = bus
        self.shown = []

    def on_call(self, _bus, _sender, _path, _interface, method, params, call):
        values = params.unpack()
        if method == "Notify":
            call.return_value(GLib.Variant("(u)", (self.show(*values),)))
        elif method == "CloseNotification":
            call.return_value(None)
            self.close(values[0], 3)
        elif method == "GetCapabilities":
            call.return_value(GLib.Variant("(as)", (["actions", "body", "body-markup", "persistence"],)))
        else:
            call.return_value(GLib.Variant("(ssss)", ("panel", "tests", "1", "1.2")))

    def show(self, app, replaces, _icon, summary, body, actions, hints, _timeout):
        number = replaces or len(self.shown) + 1
        names = dict(zip(actions[::2], actions[1::2]))
        shown = {"id": number, "app": app, "summary": summary, "body": body, "actions": names, "closed": False}
        self.shown.append({**shown, "urgency": hints.get("urgency")})
        return number

    def close(self, number, reason):
        for each in self.shown:
            if each["id"] == number:
                each["closed"] = True
        self.emit("NotificationClosed", GLib.Variant("(uu)", (number, reason)))

    def invoke(self, number, action):
        self.emit("ActionInvoked", GLib.Variant("(us)", (number, action)))
        self.close(number, 2)
        return True

    def emit(self, signal, values):
        path, interface = "/org/freedesktop/Notifications", "org.freedesktop.Notifications"
        self.bus.emit_signal(None, path, interface, signal, values)


def own(bus, name, path, xml, on_call, on_get=None):
    bus.register_object(path, Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0], on_call, on_get, None)
    Gio.bus_own_name_on_connection(bus, name, 0, None, None)


def main():
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    loop = GLib.MainLoop()
    tray, notifications = Tray(bus), Notifications(bus)
    if "--no-tray" not in sys.argv:
        own(bus, "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", WATCHER, tray.on_call, tray.on_get)
    own(bus, "org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTIFICATIONS, notifications.on_call)
    verbs = {
        "items": lambda request: tray.described(),
        "menu": lambda request: tray.menu(),
        "click": lambda request: tray.click(request["entry"]),
        "notifications": lambda request: notifications.shown,
        "invoke": lambda request: notifications.invoke(request["notification"], request["action"]),
        "ready": lambda request: True,
    }

    def answer(request):
        try:
            answer = {"ok": verbs[request["do"]](request)}
        except Exception as error:  # the test decides what it means
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": request["id"], **answer}, default=str), flush=True)

    read = bytearray()

    def on_input(channel, _condition):
        # Several requests may come in one piece, and one in several.
        piece = os.read(channel, 65536)
        read.extend(piece)
        *lines, rest = read.split(b"\n")
        read[:] = rest
        for request in map(json.loads, lines):
            if request["do"] == "quit":
                piece = b""
                break
            answer(request)
        if not piece:
            loop.quit()
        return bool(piece)

    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, on_input)
    loop.run()


main()
