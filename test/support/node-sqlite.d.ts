/** The slice of `node:sqlite` that tests use; the types of Node 20 do not have it. */
declare module 'node:sqlite' {
  export class DatabaseSync {
    constructor(file: string, options?: { readOnly?: boolean; timeout?: number; readBigInts?: boolean })
    readonly isTransaction: boolean
    exec(text: string): void
    prepare(text: string): StatementSync
    location(): string | null
    close(): void
  }

  export interface StatementSync {
    all(...values: unknown[]): unknown[]
    run(...values: unknown[]): { readonly changes: number | bigint }
    columns(): readonly { readonly name: string }[]
    setReadBigInts(on: boolean): void
  }
}
