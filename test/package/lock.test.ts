import { describe, expect, it } from 'vitest'
import bench from '../../bench/package-lock.json' with { type: 'json' }
import lock from '../../package-lock.json' with { type: 'json' }
import runtimes from '../runtimes/package-lock.json' with { type: 'json' }

interface Locked {
  readonly integrity?: string
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const { '': _, ...others }: Readonly<Record<string, Locked>> = lock.packages

/** Whether a package finds another one in its own folder of packages, or in one further up. */
function finds(from: string, name: string): boolean {
  const above = from.lastIndexOf('/node_modules/')
  if (`${from}/node_modules/${name}` in others) return true
  return above < 0 ? `node_modules/${name}` in others : finds(from.slice(0, above), name)
}

describe.each(Object.entries({ 'the project': lock, bench, 'test/runtimes': runtimes }))(
  'the lock of %s',
  (_, lock) => {
    it('holds the hash of every package, and of no registry the address', () => {
      const { '': _, ...locked }: Readonly<Record<string, Locked>> = lock.packages
      const unsure = Object.entries(locked).filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))
      expect(unsure).toEqual([])
      expect(Object.values(locked).filter(({ resolved }) => resolved !== undefined)).toEqual([])
    })
  },
)

describe('the lock of the development dependencies', () => {
  it('holds what each package needs on every platform, which npm ci demands', () => {
    const missing = Object.entries(others).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !finds(path, name))
        .map((name) => `${path}: ${name}`),
    )
    expect(missing).toEqual([])
  })
})
