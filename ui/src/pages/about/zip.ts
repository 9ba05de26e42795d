// Zip files, stored without compression (APPNOTE 6.3, version 2.0): enough for a handful of small text files.

export interface ZipEntry {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Names are UTF-8. */
const FLAGS = 0x0800;
const VERSION = 20;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Date and time as MS-DOS wrote them: local, in steps of two seconds, from 1980 on. */
function dosTime(at: Date): { time: number; date: number } {
  const year = Math.min(Math.max(at.getFullYear(), 1980), 2107);
  return {
    time: (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1),
    date: ((year - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate(),
  };
}

interface Written {
  name: Uint8Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
  crc: number;
  offset: number;
}

/** The fields that a file's own header and its line in the directory share. */
function common(view: DataView, at: number, entry: Written, stamp: { time: number; date: number }): void {
  view.setUint16(at, VERSION, true);
  view.setUint16(at + 2, FLAGS, true);
  view.setUint16(at + 4, 0, true);
  view.setUint16(at + 6, stamp.time, true);
  view.setUint16(at + 8, stamp.date, true);
  view.setUint32(at + 10, entry.crc, true);
  view.setUint32(at + 14, entry.bytes.length, true);
  view.setUint32(at + 18, entry.bytes.length, true);
  view.setUint16(at + 22, entry.name.length, true);
}

function header(size: number, fill: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  fill(new DataView(bytes.buffer));
  return bytes;
}

export function zip(entries: readonly ZipEntry[], at: Date): Blob {
  const stamp = dosTime(at);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const written: Written[] = [];
  let offset = 0;
  const add = (bytes: Uint8Array<ArrayBuffer>): void => {
    parts.push(bytes);
    offset += bytes.length;
  };
  for (const { name, bytes } of entries) {
    const entry: Written = { name: new TextEncoder().encode(name), bytes, crc: crc32(bytes), offset };
    written.push(entry);
    add(
      header(30, (view) => {
        view.setUint32(0, LOCAL, true);
        common(view, 4, entry, stamp);
      }),
    );
    add(entry.name);
    add(bytes);
  }
  const directory = offset;
  for (const entry of written) {
    add(
      header(46, (view) => {
        view.setUint32(0, CENTRAL, true);
        view.setUint16(4, VERSION, true);
        common(view, 6, entry, stamp);
        view.setUint32(42, entry.offset, true);
      }),
    );
    add(entry.name);
  }
  const size = offset - directory;
  add(
    header(22, (view) => {
      view.setUint32(0, END, true);
      view.setUint16(8, written.length, true);
      view.setUint16(10, written.length, true);
      view.setUint32(12, size, true);
      view.setUint32(16, directory, true);
    }),
  );
  return new Blob(parts, { type: 'application/zip' });
}
