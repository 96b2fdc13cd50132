import type { Json } from '../../core/json.js'
import { EXIT, type Outcome } from '../command.js'
import type { Output } from '../output.js'
import type { Found } from './find.js'

/** What is told while files are read, and in the end. */
export interface Report {
  /** So many bytes more were read. */
  read(bytes: number): void
  /** A whole file was read, and this was found in it; with their lines where these are known. */
  file(path: string, found: readonly Found[], lines?: readonly number[]): void
  unread(path: string, why: string): void
  outcome(): Outcome
}

export function createReport(out: Output): Report {
  const found: Json[] = []
  const unread: Json[] = []
  let files = 0
  let bytes = 0
  const sum = () => `${plural(found.length, 'token')} found in ${plural(files, 'file')}, ${sizeOf(bytes)}`
  return {
    read(more) {
      bytes += more
      out.progress(sum)
    },
    file(path, all, lines = []) {
      files++
      for (const [i, { id, kind, prefix, start }] of all.entries()) {
        const line = lines[i] ?? null
        found.push({ path, line, offset: start, id, kind, prefix })
        out.line(`${printable(path)}:${line ?? `byte ${start}`}: ${id}`)
      }
    },
    unread(path, why) {
      unread.push({ path, why })
      out.note(`tokenloop: not read: ${printable(why)}`)
    },
    outcome() {
      out.note(sum())
      const exit = found.length > 0 ? EXIT.found : unread.length > 0 ? EXIT.failed : EXIT.ok
      return { json: { found, unread, files, bytes }, exit }
    },
  }
}

/** Names of files may be anything, and a terminal takes some of it for orders. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')

const plural = (count: number, what: string): string => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`

/** Thousands apart. To ask the runtime for it would cost more than to read 100 MB. */
const grouped = (count: number): string =>
  count < 1000 ? String(count) : `${grouped(Math.floor(count / 1000))},${String(count % 1000).padStart(3, '0')}`

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB']

function sizeOf(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${size.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`
}
