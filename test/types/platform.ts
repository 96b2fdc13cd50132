// What Node 20.19 does not have does not compile: it came with Node 21 and 22.
// @ts-expect-error Node 21
Object.groupBy([1], () => 'a')
// @ts-expect-error Node 21
Map.groupBy([1], () => 'a')
// @ts-expect-error Node 22
Promise.withResolvers()
// @ts-expect-error Node 22
Array.fromAsync([1])
// @ts-expect-error Node 22
new Set([1]).union(new Set([2]))

// What it has, does.
'text'.isWellFormed()
;[1].toSorted()
