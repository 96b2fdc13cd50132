import { execFileSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { API_TOKEN, mintCredential } from '../../src/core/credential.js'
import { replaceAt } from '../support/world.js'
import { project } from './support.js'

const { folder, tokenloop, json } = project()
/** Bytes without an order, and the same in each run: of 2^32 lookalikes one has a right checksum by chance. */
const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
const noise = (length: number): Buffer => cipher.update(Buffer.alloc(length))
const mint = (prefix = 'acme') => mintCredential(API_TOKEN, prefix)

/** A folder of files, by their paths in it. */
function tree(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(folder, 'tree-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

/** What looks like a token and is none, or is another maker's. */
const { text: SAMPLE } = mint()
const HARMLESS = [
  SAMPLE.slice(0, -1),
  SAMPLE.slice(1),
  replaceAt(SAMPLE, 20),
  SAMPLE.toLowerCase(),
  SAMPLE.replace('_', '-'),
  `ghp_${'a1B2'.repeat(9)}`,
  `sk_live_${'0'.repeat(44)}`,
  `xoxb-${'1'.repeat(12)}-${'a'.repeat(24)}`,
  `eyJhbGciOiJFUzI1NiJ9.${'e30'.repeat(20)}.${'_A'.repeat(43)}`,
].join('\n')

describe('tokenloop scan', () => {
  it('finds all that was planted in a tree, by line, and nothing else; prints the public id only', async () => {
    const planted = Array.from({ length: 6 }, (_, i) => mint(i % 2 ? 'acme' : 'acme_test'))
    const [a, b, c, d, e, f] = planted.map(({ text }) => text)
    const root = tree({
      'README.md': `# Acme\n\nexport TOKEN=${a}\n${HARMLESS}\n`,
      'src/deep/down/config.json': `{"token":"${b}","other":"${c}"}`,
      '.git/config': `url = https://x:${d}@acme.dev/repo.git\n`,
      'image.bin': Buffer.concat([noise(100_000), Buffer.from(e ?? ''), noise(100_000)]),
      'harmless.txt': HARMLESS,
      'escaped.log': `%22token%22%3A%22${f}%22\\n`,
      empty: '',
    })
    const { code, stdout, stderr } = await tokenloop(['scan', root])
    const found = stdout
      .trim()
      .split('\n')
      .map((line) => line.slice(root.length + 1).split(': '))
    expect(found.map(([, id]) => id).sort()).toEqual(planted.map(({ id }) => id).sort())
    expect(found.map(([place]) => place)).toEqual(
      expect.arrayContaining(['README.md:3', 'src/deep/down/config.json:1', '.git/config:1', 'escaped.log:1']),
    )
    expect(stderr).toMatch(/^6 tokens found in 7 files, 2\d\d\.\d kB\n$/)
    expect(code).toBe(1)
    for (const { verifier } of planted) expect(stdout + stderr).not.toContain(verifier.slice(0, 8))
  })

  it('reads standard input as it comes', async () => {
    const { id, text } = mint()
    const stdin = [Buffer.from(`${'x'.repeat(70_000)} ${text.slice(0, 30)}`), Buffer.from(`${text.slice(30)}\n`)]
    for (const args of [['scan'], ['scan', '-'], ['scan', '-', '--prefix', 'acme']]) {
      expect(await tokenloop(args, { stdin })).toMatchObject({ code: 1, stdout: `-:byte 70001: ${id}\n` })
    }
    expect(await tokenloop(['scan', '--prefix', 'other'], { stdin })).toMatchObject({ code: 0, stdout: '' })
  })

  it('says the same as JSON', async () => {
    const [one, two] = [mint(), mint('other')]
    const root = tree({ 'a.txt': `\n\n  ${one.text}\n${two.text}` })
    const place = { path: join(root, 'a.txt'), kind: 'token' }
    expect(await json(['scan', root])).toMatchObject({
      code: 1,
      document: {
        found: [
          { ...place, line: 3, offset: 4, id: one.id, prefix: 'acme' },
          { ...place, line: 4, offset: 54, id: two.id, prefix: 'other' },
        ],
        unread: [],
        files: 1,
        bytes: 104,
      },
    })
    const only = await json(['scan', root, '--prefix', 'nobody', '--prefix', 'other'])
    expect(only).toMatchObject({ code: 1, document: { found: [{ id: two.id }] } })
  })

  it('goes over pieces of a large file, and counts lines across them', async () => {
    const { id, text } = mint()
    const line = `${'filling '.repeat(12)}\n`
    const lines = Math.floor((64 * 1024 - 20) / line.length)
    const file = join(tree({ large: line.repeat(lines) + ' '.repeat(5) + text + line.repeat(30_000) + text }), 'large')
    const { stdout } = await tokenloop(['scan', file])
    expect(stdout).toBe(`${file}:${lines + 1}: ${id}\n${file}:${lines + 30_001}: ${id}\n`)
  })

  it('follows no link below a folder, waits for no pipe, and reads what is named itself', async () => {
    const { id, text } = mint()
    const root = tree({ 'in/a': text, 'out/b': text })
    symlinkSync('..', join(root, 'in/loop'))
    symlinkSync(join(root, 'out/b'), join(root, 'in/link'))
    execFileSync('mkfifo', [join(root, 'in/pipe')])
    expect((await tokenloop(['scan', join(root, 'in')])).stdout).toBe(`${join(root, 'in/a')}:1: ${id}\n`)
    expect((await tokenloop(['scan', join(root, 'in/link')])).stdout).toBe(`${join(root, 'in/link')}:1: ${id}\n`)
  })

  it('says what it could not read, and ends with 2 unless it found something', async () => {
    const root = tree({ a: 'nothing', leak: mint().text })
    const missing = join(root, 'missing')
    const nothing = await json(['scan', missing, join(root, 'a')])
    expect(nothing).toMatchObject({ code: 2, document: { found: [], unread: [{ path: missing }], files: 1 } })
    expect(nothing.stderr).toContain('ENOENT')
    expect((await tokenloop(['scan', missing, root])).code).toBe(1)
    chmodSync(join(root, 'leak'), 0)
    // Whoever may read everything, as root may, is stopped by no mode.
    const isRoot = process.getuid?.() === 0
    expect((await tokenloop(['scan', root])).code).toBe(isRoot ? 1 : 2)
  })

  it('prints no orders to a terminal that a name of a file has', async () => {
    const root = tree({ 'a\u001b[2Jb\nc': mint().text })
    expect((await tokenloop(['scan', root])).stdout).toMatch(/a\?\[2Jb\?c:1: acme_/)
  })

  it('refuses a prefix that can be none', async () => {
    expect(await tokenloop(['scan', '.', '--prefix', 'a b'])).toMatchObject({ code: 2, stdout: '' })
  })
})

/** 100 MB: sources as people wrote them, and what comes near a token: long words behind underscores, base64url, hex. */
async function* lookalikes(): AsyncGenerator<Uint8Array> {
  let left = 100_000_000
  const libraries = ['typescript/lib', 'vite/dist', 'zod', 'mysql2', '@types/node'].map(
    (path) => `node_modules/${path}`,
  )
  const sources = libraries
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
    .filter((path) => /\.(js|cjs|ts|cts|md|json)$/.test(path))
  const pieces = [
    ...sources.map((path) => () => readFileSync(path)),
    ...Array.from({ length: 40 }, () => () => Buffer.from(noise(750_000).toString('base64url'))),
    ...Array.from({ length: 5 }, () => () => Buffer.from(noise(500_000).toString('hex'))),
  ]
  const nearMiss = () => `acme_${noise(66).toString('base64').replace(/[+/=]/g, 'x').slice(0, 44)}\n`
  for (let i = 0; left > 0; i++) {
    const piece = pieces[i]?.() ?? Buffer.from(Array.from({ length: 10_000 }, nearMiss).join(''))
    left -= piece.length
    yield piece
  }
}

describe('tokenloop scan over 100 MB of text', () => {
  it('gives no false alarm', async () => {
    const { document, code } = await json(['scan'], { stdin: lookalikes() })
    expect(document).toMatchObject({ found: [], unread: [] })
    expect((document as { bytes: number }).bytes).toBeGreaterThanOrEqual(100_000_000)
    expect(code).toBe(0)
  })
})
