import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { split } from './public.js'

/** It compares what is served with the tables that it is made from. */
const LOOKS_INSIDE = ['test/flows/rfc8414.test.ts']

describe('the suite that is run on the package', () => {
  const { outside, inside } = split()

  it.each(['flows', 'interop'])('has all of test/%s', (folder) => {
    const files = readdirSync(new URL(`../${folder}/`, import.meta.url)).filter((name) => name.endsWith('.test.ts'))
    const paths = files.map((name) => `test/${folder}/${name}`)
    expect(paths.length).toBeGreaterThan(3)
    expect(paths.filter((path) => !outside.includes(path) && !LOOKS_INSIDE.includes(path))).toEqual([])
  })

  it('knows of no test of another project', () => {
    expect([...outside, ...inside].filter((path) => path.includes('node_modules'))).toEqual([])
  })
})
