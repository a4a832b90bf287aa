/** The parts of parquetjs-lite that we use: its envelope writer and its thrift types. */
declare module 'parquetjs-lite' {
  export interface SchemaField {
    type: string;
    compression?: string;
    optional?: boolean;
    statistics?: boolean;
  }
  export interface ParquetSchema {
    readonly fields: Record<string, unknown>;
  }
  export const ParquetSchema: new (fields: Record<string, SchemaField>) => ParquetSchema;
  export class ParquetEnvelopeWriter {
    constructor(
      schema: ParquetSchema,
      write: (bytes: Buffer) => void,
      close: () => void,
      fileOffset: number,
      options: { useDataPageV2?: boolean; pageIndex?: boolean },
    );
    offset: number;
    rowCount: number;
    rowGroups: unknown[];
    writeHeader(): void;
    writeSection(bytes: Buffer): void;
    writeFooter(userMetadata: Record<string, string>): void;
  }
}

declare module 'parquetjs-lite/lib/util.js' {
  export function serializeThrift(value: unknown): Buffer;
}

declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  type Fields = Record<string, unknown>;
  type ThriftStruct = new (fields?: Fields) => Fields;
  const types: {
    PageHeader: ThriftStruct;
    DataPageHeader: ThriftStruct;
    DictionaryPageHeader: ThriftStruct;
    ColumnMetaData: ThriftStruct;
    ColumnChunk: ThriftStruct;
    RowGroup: ThriftStruct;
    PageType: Record<string, number>;
    Encoding: Record<string, number>;
    Type: Record<string, number>;
    CompressionCodec: Record<string, number>;
  };
  export default types;
}
