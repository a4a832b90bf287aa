/** The part of parquetjs-lite that we use: its thrift types of the Parquet format. */
declare module 'parquetjs-lite/gen-nodejs/parquet_types.js' {
  /** Writes its fields that are neither null nor undefined to a protocol of Thrift. */
  export interface ThriftStruct {
    write(protocol: object): void;
  }
  type Struct = new (fields?: Readonly<Record<string, unknown>>) => ThriftStruct & Record<string, unknown>;
  const types: {
    PageHeader: Struct;
    DataPageHeader: Struct;
    DictionaryPageHeader: Struct;
    FileMetaData: Struct;
    SchemaElement: Struct;
    RowGroup: Struct;
    ColumnChunk: Struct;
    ColumnMetaData: Struct;
    PageType: Record<string, number>;
    Encoding: Record<string, number>;
    Type: Record<string, number>;
    ConvertedType: Record<string, number>;
    FieldRepetitionType: Record<string, number>;
    CompressionCodec: Record<string, number>;
  };
  export default types;
}
