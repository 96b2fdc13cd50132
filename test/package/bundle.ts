import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import manifest from '../../package.json' with { type: 'json' }
import { entry } from '../../tsup.config.js'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const entries: Readonly<Record<string, string>> = entry

/** The source of a built file such as `./dist/index.js`. */
export function sourceOf(file: string): string {
  const source = entries[file.replace(/^\.\/dist\/(.+)\.js$/, '$1')]
  if (source === undefined) throw new Error(`nothing builds ${file}`)
  return source
}

/** One file of all that an entry needs where there is no Node, with the list of what went into it. */
export async function bundleForBrowsers(file: string) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [sourceOf(file)],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    alias: {
      '#engine': `./${sourceOf(manifest.imports['#engine'].default)}`,
      '#es256': `./${sourceOf(manifest.imports['#es256'].default)}`,
    },
    external: ['node:*'],
    logLevel: 'silent',
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports)
  return {
    code: outputFiles[0]?.text ?? '',
    inputs: Object.keys(metafile.inputs),
    external: imported.map(({ path }) => path),
  }
}
