import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from './failure.js'

/**
 * Loads a package of the host, from where the command is run, else from where this package lies. Throws `no_driver` where there is
 * none.
 */
export async function loadDriver<Module>(name: string): Promise<Module> {
  const found = find(name)
  if (found === undefined) {
    throw new Failure('no_driver', `this database takes the package ${name}: run \`npm install ${name}\``)
  }
  const module: Module & { readonly default?: Module } = await import(pathToFileURL(found).href)
  return module.default ?? module
}

/** Whether `loadDriver` would find it. */
export const hasDriver = (name: string): boolean => find(name) !== undefined

function find(name: string): string | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(from).resolve(name)
    } catch {
      // It may be found from the other place.
    }
  }
  return undefined
}
