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

/**
 * One file of all that a host needs which takes these names of an entry, or all of them, where there is no Node; with the list of what
 * is left in it.
 */
export async function bundleForBrowsers(file: string, names?: readonly string[]) {
  const contents = `export ${names ? `{ ${names.join()} }` : '*'} from './${sourceOf(file)}'`
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT, sourcefile: 'host.ts' },
    bundle: true,
    write: false,
    metafile: true,
    minifySyntax: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    alias: {
      '#engine': `./${sourceOf(manifest.imports['#engine'].default)}`,
      '#es256': `./${sourceOf(manifest.imports['#es256'].default)}`,
      '#guarded-fetch': `./${sourceOf(manifest.imports['#guarded-fetch'].default)}`,
    },
    external: ['node:*'],
    logLevel: 'silent',
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports)
  return {
    code: outputFiles[0]?.text ?? '',
    inputs: Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.entries(inputs))
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
    external: imported.map(({ path }) => path),
  }
}
