import { describe, expect, it } from 'vitest'
import { METHOD, proofWith, server } from './support.js'

const judge = (htu: unknown, url: string) => server({ url }).judge(proofWith({ htu }), { method: METHOD })

describe('a proof is for one URL', () => {
  it.each([
    ['https://rs.test/a?x=1', 'https://rs.test/a'],
    ['https://rs.test/a#top', 'https://rs.test/a?y=2'],
    ['https://rs.test:443/a', 'https://rs.test/a'],
    ['https://rs.test:/a', 'https://rs.test/a'],
    ['http://rs.test:80/a', 'http://rs.test/a'],
    ['HTTPS://RS.test/a', 'https://rs.test/a'],
    ['https://rs.test', 'https://rs.test/'],
    ['https://rs.test/%7Ejoe', 'https://rs.test/~joe'],
    ['https://rs.test/a%2fb', 'https://rs.test/a%2Fb'],
    ['https://rs.test/%61', 'https://rs.test/a'],
    ['https://rs.test/x/../a/./b', 'https://rs.test/a/b'],
    ['https://rs.test/x/%2e%2E/a', 'https://rs.test/a'],
    ['https://rs.test/a|b', 'https://rs.test/a%7Cb'],
    ['https://[::1]:8080/a', 'https://[::1]:8080/a'],
  ])('A16.7 which %s says as well as %s', async (htu, url) => {
    expect(await judge(htu, url)).toBe('ok')
    expect(await judge(url, htu)).toBe('ok')
  })

  it.each<[unknown, string?]>([
    ['https://other.test/a'],
    ['https://rs.test.evil.test/a'],
    ['https://rs.test@evil.test/a'],
    ['https://user@rs.test/a'],
    ['https://rs.test./a'],
    ['https://rs.test:8443/a'],
    ['http://rs.test/a'],
    ['http://rs.test:443/a'],
    ['https://rs.test/'],
    ['https://rs.test/a/'],
    ['https://rs.test/A'],
    ['https://rs.test//a'],
    ['https://rs.test/a;v=1'],
    ['https://rs.test/%2561'],
    ['https://rs.test/b/%2e%2e%2fa'],
    ['https://rs.test\\a'],
    ['https:\\\\rs.test\\a'],
    ['https:/rs.test/a'],
    ['https:rs.test/a'],
    [' https://rs.test/a'],
    ['https://rs.test/a\n'],
    ['https://rs.te\tst/a'],
    ['https://rs.test/\u00e4'],
    ['https://\uff52s.test/a'],
    ['https://rs.test/a%'],
    ['https://rs.test/a%zz'],
    ['https://rs.test:99999/a'],
    ['/a'],
    ['//rs.test/a'],
    ['javascript:alert(1)'],
    [''],
    [`https://rs.test/a?${'x'.repeat(2048)}`],
  ])('A16.7 and not %j', async (htu) => {
    expect(await judge(htu, 'https://rs.test/a')).toBe('wrong_url')
  })

  it.each<[unknown]>([[['https://rs.test/a']], [1], [null], [undefined], [{}]])('A16.7 nor %j', async (htu) => {
    expect(await judge(htu, 'https://rs.test/a')).toBe('invalid_claims')
  })

  it('A16.7 and for none where the server cannot say which', async () => {
    expect(await judge('/a', '/a')).toBe('wrong_url')
    expect(await judge('', '')).toBe('wrong_url')
  })
})
