/** A value out of its text. */
export type Parser = (text: string) => unknown

const bytes: Parser = (text) => Buffer.from(text.slice(2), 'hex')

const asIs: Parser = (text) => text

/** By the ids of the types of PostgreSQL (`pg_type.dat`). What is not listed stays text. */
export const PARSERS: Readonly<Record<number, Parser>> = {
  16: (text) => (text === 't' ? 1 : 0), // bool
  17: bytes, // bytea
  20: Number, // int8
  21: Number, // int2
  23: Number, // int4
  114: asIs, // json
  700: Number, // float4
  701: Number, // float8
  1700: Number, // numeric
  3802: asIs, // jsonb
}
