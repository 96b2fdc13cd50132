import ts from 'typescript'
import { isReference, isRelative, layerOf, nodesOf, resolve, type Source } from './sources.js'

/** A rule of the house: what it finds wrong, one text for each. */
export type Rule = (sources: readonly Source[]) => string[]

/** From which layer to which. `index` is the public face of the core, `shared` what is built as one file for all entries. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  index: ['core', 'store', 'tokens', 'accounts'],
  shared: ['core', 'store'],
  core: [],
  store: ['core'],
  jwt: ['core', 'store'],
  tokens: ['core', 'store'],
  accounts: ['core', 'store'],
  oauth: ['core', 'store', 'jwt', 'accounts'],
  resource: ['core', 'store', 'jwt', 'tokens'],
  http: ['core', 'store', 'jwt', 'tokens', 'accounts', 'oauth', 'resource'],
  testing: ['core', 'store', 'jwt', 'tokens', 'accounts', 'oauth', 'resource'],
  cli: ['core', 'store', 'jwt', 'tokens'],
}

/** Those that know a store by its interface and its records alone, and the files where these are. */
const DOMAINS = ['jwt', 'tokens', 'accounts', 'oauth', 'resource', 'http']
const STORE_FACE = [
  'store',
  'records',
  'chain',
  'budget',
  'trust',
  'audit',
  'pages',
  'standing',
  'certain',
  'status',
  'freshness',
  'acting',
  'answers',
  'grant-status',
  'use',
  'feed-page',
]

/** Which layers may use which package. What is not listed may be used by none. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '#engine': ['core'],
  '#es256': ['jwt'],
  '#guarded-fetch': ['oauth'],
  '@noble/hashes': ['core'],
  'ipaddr.js': ['core'],
  commander: ['cli'],
  zod: ['jwt', 'oauth', 'http', 'cli'],
  jose: ['jwt', 'oauth', 'http'],
  fastify: ['http'],
  hono: ['http'],
}

/** Frameworks are the host's: here for what they call things, and never loaded. */
const TYPES_ALONE = ['fastify', 'hono']

/** Where the runtime's own modules may be used. */
const NODE = ['src/http/', 'src/store/sql/', 'src/cli/', 'src/core/engine/', 'src/jwt/engine/']

/** What the core may not look at: it is told the time, and it tells nothing. */
const FORBIDDEN_IN_CORE = ['Date', 'console', 'process', 'performance', 'globalThis']

/** Who may wait for a time, and why. A refusal that waits tells by its very wait why it refused. */
const MAY_WAIT: Readonly<Record<string, string>> = {
  'src/core/deadline.ts': 'the time limit of what others do',
  'src/http/node/body.ts': 'the time that the rest of a request has to come',
  'src/http/node/send.ts': 'one turn of the loop, to see whether an answer is all there',
  'src/testing/': 'latency on demand',
  'src/store/slow.ts': 'latency on demand',
  'src/store/sql/deadline.ts': 'deadlines of databases, and what may be tried again',
  'src/store/use.ts': 'the interval of the buffer',
}

/** Names of what is derived from a secret: compared by `===` they would tell how far a guess was right. */
const SECRET_NAMES = /^(hash|verifier|secret|challenge|codeVerifier|codeChallenge|csrf|password|signature|mac)$/

/** Files that compare two digests neither of which came with a request, and which these are. */
const BOTH_OURS: Readonly<Record<string, string>> = {
  'src/tokens/change.ts': 'a record as it was to be written, and as it is read',
  'src/tokens/rehash.ts': 'a record as it was checked, and as it is read',
}

const LONGEST = 400

export const TIMERS = 'no decision waits'
export const SECRETS = 'nothing derived from a secret is compared by ==='

const inSource = (sources: readonly Source[], prefix = 'src/') => sources.filter(({ path }) => path.startsWith(prefix))

const findNodes = (sources: readonly Source[], isWrong: (node: ts.Node) => boolean): string[] =>
  sources.flatMap(({ path, tree }) =>
    [...nodesOf(tree)].filter(isWrong).map((node) => {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart())
      return `${path}:${line + 1} ${node.getText().split('\n')[0]}`
    }),
  )

const edges = (sources: readonly Source[]) =>
  sources.flatMap(({ path, imports }) =>
    imports.filter(isRelative).map((specifier) => ({ from: path, to: resolve(path, specifier) })),
  )

const isMember = (node: ts.Node, object: string, member: string): boolean =>
  (ts.isPropertyAccessExpression(node) && node.expression.getText() === object && node.name.text === member) ||
  (ts.isElementAccessExpression(node) && node.expression.getText() === object)

/** The modules that are imported in a circle, types included. */
function circlesIn(sources: readonly Source[]): string[] {
  const next = new Map(sources.map(({ path }) => [path, [] as string[]]))
  for (const { from, to } of edges(sources)) next.get(from)?.push(to)
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (done.has(path) || trail.includes(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return circles
}

function comparesSecrets(node: ts.Node): boolean {
  if (!ts.isBinaryExpression(node)) return false
  const compares = ['===', '!==', '==', '!='].includes(node.operatorToken.getText())
  const sides = [node.left, node.right]
  return compares && !sides.some(isKnownBefore) && sides.some((side) => SECRET_NAMES.test(lastName(side)))
}

/** `undefined`, `null`, a literal or `typeof`: nobody learns anything from a comparison with it. */
const isKnownBefore = (node: ts.Node): boolean =>
  ts.isLiteralExpression(node) || ts.isTypeOfExpression(node) || ['undefined', 'null'].includes(node.getText())

const lastName = (node: ts.Node): string => (ts.isPropertyAccessExpression(node) ? node.name.text : node.getText())

/** The rules, by what they demand. */
export const RULES: Readonly<Record<string, Rule>> = {
  'a layer imports only the layers that the table gives it': (sources) =>
    edges(inSource(sources))
      .filter(({ from, to }) => {
        const [layer, other] = [layerOf(from), layerOf(to)]
        return !to.startsWith('src/') || (layer !== other && !MAY_IMPORT[layer]?.includes(other))
      })
      .map(({ from, to }) => `${from} -> ${to}`),

  'every layer is in the table': (sources) =>
    inSource(sources)
      .map(({ path }) => path)
      .filter((path) => MAY_IMPORT[layerOf(path)] === undefined),

  'the domains know a store by its interface and its records alone': (sources) =>
    edges(inSource(sources))
      .filter(({ from, to }) => DOMAINS.includes(layerOf(from)) && layerOf(to) === 'store')
      .filter(({ to }) => !STORE_FACE.some((name) => to === `src/store/${name}.ts`))
      .map(({ from, to }) => `${from} -> ${to}`),

  'nothing is imported in a circle': (sources) => circlesIn(inSource(sources)),

  'every relative import names a file': (sources) => {
    const paths = new Set(sources.map(({ path }) => path))
    return edges(inSource(sources))
      .filter(({ to }) => !paths.has(to))
      .map(({ from, to }) => `${from} -> ${to}`)
  },

  'node: is imported by the adapters and the engine alone': (sources) =>
    inSource(sources)
      .filter(({ path }) => !NODE.some((prefix) => path.startsWith(prefix)))
      .flatMap(({ path, imports }) =>
        imports.filter((specifier) => specifier.startsWith('node:')).map((specifier) => `${path} -> ${specifier}`),
      ),

  'a package is imported by the layers that may use it': (sources) =>
    inSource(sources).flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !isRelative(specifier) && !specifier.startsWith('node:'))
        .filter((specifier) => {
          const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
          return !PACKAGES[name]?.includes(layerOf(path))
        })
        .map((specifier) => `${path} -> ${specifier}`),
    ),

  'of a framework only types are imported': (sources) =>
    inSource(sources).flatMap(({ path, tree }) =>
      tree.statements
        .filter((statement) => ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
        .filter(({ moduleSpecifier: from }) => from && ts.isStringLiteral(from) && TYPES_ALONE.includes(from.text))
        .filter((statement) => !/^(import|export) type /.test(statement.getText()))
        .map((statement) => `${path} ${statement.getText()}`),
    ),

  'the public face of the core has named re-exports, and nothing else': (sources) =>
    inSource(sources, 'src/index.ts').flatMap(({ path, tree }) =>
      tree.statements
        .filter(
          (statement) => !(ts.isExportDeclaration(statement) && statement.exportClause && statement.moduleSpecifier),
        )
        .map((statement) => `${path} ${statement.getText()}`),
    ),

  'the core looks at no clock, no console and no process': (sources) =>
    findNodes(inSource(sources, 'src/core/'), (node) => isReference(node) && FORBIDDEN_IN_CORE.includes(node.text)),

  'nothing draws from Math.random': (sources) =>
    findNodes(inSource(sources), (node) => isMember(node, 'Math', 'random')),

  [TIMERS]: (sources) =>
    findNodes(
      inSource(sources).filter(({ path }) => !Object.keys(MAY_WAIT).some((prefix) => path.startsWith(prefix))),
      (node) => isReference(node) && ['setTimeout', 'setInterval', 'setImmediate'].includes(node.text),
    ),

  [SECRETS]: (sources) =>
    findNodes(
      inSource(sources).filter(({ path }) => BOTH_OURS[path] === undefined),
      comparesSecrets,
    ),

  'there is no any': (sources) => findNodes(sources, ({ kind }) => kind === ts.SyntaxKind.AnyKeyword),

  'no type is talked out of by way of unknown': (sources) =>
    findNodes(
      sources,
      (node) =>
        ts.isAsExpression(node) &&
        ts.isAsExpression(node.expression) &&
        node.expression.type.kind === ts.SyntaxKind.UnknownKeyword,
    ),

  [`no file has more than ${LONGEST} lines`]: (sources) =>
    sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LONGEST)
      .map(({ path, lines }) => `${path} has ${lines}`),
}
