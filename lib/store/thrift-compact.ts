/**
 * Thrift's compact protocol, as far as Parquet's headers and footers need it. Pure. parquetjs-lite's own writer
 * makes a `new Buffer` of each byte, and Node looks through the stack at the first 10,000 of them: 0.15 s a thread.
 */
import type { ThriftStruct } from 'parquetjs-lite/gen-nodejs/parquet_types.js';

/** Type of a field or an element in the protocol, by the number that generated code has for it. */
const COMPACT_TYPES: Readonly<Record<number, number>> = { 8: 5, 10: 6, 11: 8, 12: 12, 15: 9 };

/** The bytes of a struct of parquetjs-lite. */
export function serializeThrift(struct: ThriftStruct): Buffer {
  const protocol = new CompactProtocol();
  struct.write(protocol);
  return Buffer.from(protocol.bytes);
}

/** What generated code writes to; methods that Parquet's structs do not call are left out. */
class CompactProtocol {
  readonly bytes: number[] = [];
  /** Id of the field before, of the struct being written and of those around it. */
  private readonly lastIds: number[] = [];

  writeStructBegin(): void {
    this.lastIds.push(0);
  }

  writeStructEnd(): void {
    this.lastIds.pop();
  }

  /** The id as its distance to the one before: Parquet's are ascending and below 16. */
  writeFieldBegin(_name: string, type: number, id: number): void {
    const depth = this.lastIds.length - 1;
    this.bytes.push(((id - this.lastIds[depth]!) << 4) | COMPACT_TYPES[type]!);
    this.lastIds[depth] = id;
  }

  writeFieldEnd(): void {
    // The next field tells where this one ended.
  }

  writeFieldStop(): void {
    this.bytes.push(0);
  }

  writeListBegin(type: number, size: number): void {
    this.bytes.push((Math.min(size, 15) << 4) | COMPACT_TYPES[type]!);
    if (size >= 15) this.varint(size);
  }

  writeListEnd(): void {
    // Its size was told before.
  }

  writeI32(value: number): void {
    this.zigzag(value);
  }

  /** Exact to 2^52. */
  writeI64(value: number): void {
    this.zigzag(value);
  }

  writeString(text: string): void {
    const bytes = Buffer.from(text);
    this.varint(bytes.length);
    for (const byte of bytes) this.bytes.push(byte);
  }

  private zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Arithmetic instead of shifts: sizes and rows may have more than 31 bits. */
  private varint(value: number): void {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.bytes.push((left % 128) + 128);
    this.bytes.push(left);
  }
}
