/** Thrift's compact protocol, as far as the headers and footers of Parquet files need it. Pure. */

/** A value and how it is written; made by the functions below. */
export interface ThriftValue {
  /** Its type as the protocol numbers them. */
  readonly type: number;
  readonly write: (bytes: number[]) => void;
}

/** A whole number of at most 32 bits, an enum's among them. */
export function i32(value: number): ThriftValue {
  return { type: 5, write: (bytes) => writeZigzag(bytes, value) };
}

/** A whole number, exact to 2^52. */
export function i64(value: number): ThriftValue {
  return { type: 6, write: (bytes) => writeZigzag(bytes, value) };
}

export function text(value: string): ThriftValue {
  return {
    type: 8,
    write(bytes) {
      const encoded = Buffer.from(value);
      writeVarint(bytes, encoded.length);
      for (const byte of encoded) bytes.push(byte);
    },
  };
}

/** Values of one type; an empty list is one of structs. */
export function list(values: readonly ThriftValue[]): ThriftValue {
  const elementType = values[0]?.type ?? STRUCT;
  return {
    type: 9,
    write(bytes) {
      bytes.push((Math.min(values.length, 15) << 4) | elementType);
      if (values.length >= 15) writeVarint(bytes, values.length);
      for (const value of values) value.write(bytes);
    },
  };
}

const STRUCT = 12;

/** Fields by id, which are below 16 in all of Parquet; those that are null are left out. */
export function struct(fields: Readonly<Record<number, ThriftValue | null>>): ThriftValue {
  return {
    type: STRUCT,
    write(bytes) {
      let lastId = 0;
      // Keys that are whole numbers come in ascending order.
      for (const [key, value] of Object.entries(fields)) {
        if (value === null) continue;
        bytes.push(((Number(key) - lastId) << 4) | value.type);
        value.write(bytes);
        lastId = Number(key);
      }
      bytes.push(0);
    },
  };
}

/** The bytes of a struct. */
export function thriftBytes(value: ThriftValue): Buffer {
  const bytes: number[] = [];
  value.write(bytes);
  return Buffer.from(bytes);
}

function writeZigzag(bytes: number[], value: number): void {
  writeVarint(bytes, value < 0 ? -2 * value - 1 : 2 * value);
}

/** Arithmetic instead of shifts: sizes and rows may have more than 31 bits. */
function writeVarint(bytes: number[], value: number): void {
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
}
