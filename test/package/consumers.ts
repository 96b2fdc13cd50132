import { join } from 'node:path'
import ts from 'typescript'
import manifest from '../../package.json' with { type: 'json' }
import type { Host } from './tarball.js'

const { './package.json': _, ...subpaths } = manifest.exports

/** What needs the types of Node: it speaks of requests as `node:http` has them. */
const OF_NODE = ['./node', './express', './fastify']

interface Config {
  readonly options: ts.CompilerOptions
  /** `.cts` is CommonJS whatever the project says. */
  readonly extension?: '.ts' | '.cts' | '.mts'
  readonly without?: readonly string[]
}

const STRICT = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: ['node'] }
const NODE_NEXT = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext }
const NODE16 = { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 }
const BUNDLER = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
const DOM = ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts']
const EXACT = {
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
}

/** How hosts compile. */
export const CONFIGS: Readonly<Record<string, Config>> = {
  'NodeNext, exact, every library checked': { options: { ...STRICT, ...NODE_NEXT, ...EXACT, skipLibCheck: false } },
  'NodeNext, from CommonJS': { options: { ...STRICT, ...NODE_NEXT, skipLibCheck: true }, extension: '.cts' },
  'Node16, every library checked': { options: { ...STRICT, ...NODE16, skipLibCheck: false } },
  'a bundler': { options: { ...STRICT, ...BUNDLER, skipLibCheck: true } },
  'a bundler, with the DOM and without Node': {
    options: { ...STRICT, ...BUNDLER, lib: DOM, types: [], skipLibCheck: false },
    without: OF_NODE,
  },
}

/** Every entry, and some of what they are for. */
const hostCode = (without: readonly string[]) => `
${Object.keys(subpaths)
  .filter((subpath) => !without.includes(subpath))
  .map((subpath, at) => `import * as entry${at} from 'tokenloop${subpath.slice(1)}'\nexport { entry${at} }`)
  .join('\n')}
import { createTokens, defineCatalogue, memoryStore, user } from 'tokenloop'
import { apiTokens, createGuard } from 'tokenloop/resource'
const catalogue = defineCatalogue({ 'a:read': { description: 'Read' } })
const tokens = createTokens({ store: memoryStore(), catalogue, prefix: 'acme' })
const guard = createGuard({ resource: 'https://api.acme.dev', catalogue, accept: [apiTokens(tokens)] })
export async function handler(request: Request): Promise<Response> {
  const access = await guard.check(request, 'a:read')
  if (!access.ok) return access.response
  const { owner } = access.principal
  const name: 'user' | 'account' = owner.kind
  return new Response(name)
}
// @ts-expect-error no such scope
void guard.check(new Request('https://api.acme.dev'), 'a:write')
// @ts-expect-error no such scope
void tokens.issue({ by: user('a'), owner: user('a'), name: 'ci', scopes: ['b:read'] })
`

/** What the compiler says to a host that is set up like this. */
export function diagnose(host: Host, name: string): string[] {
  const config = CONFIGS[name]
  if (config === undefined) return [`there is no ${name}`]
  const { options, extension = '.ts', without = [] } = config
  const path = join(host.folder, `host${extension}`)
  const compiler = ts.createCompilerHost(options)
  const program = ts.createProgram({
    rootNames: [path],
    options: { ...options, typeRoots: [join(host.folder, 'node_modules/@types')] },
    host: {
      ...compiler,
      getCurrentDirectory: () => host.folder,
      fileExists: (file) => file === path || compiler.fileExists(file),
      getSourceFile: (file, ...rest) =>
        file === path ? ts.createSourceFile(path, hostCode(without), rest[0]) : compiler.getSourceFile(file, ...rest),
    },
  })
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    return file === undefined ? message : `${file.fileName.replace(host.folder, '')}: ${message}`
  })
}
