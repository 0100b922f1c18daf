// The stock Yjs provider over a WebSocket whose network can be made bad. Knows no test.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../../web/package.json', import.meta.url))
export const Y = require('yjs')
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require('@hocuspocus/provider')
const { default: sha256 } = { default: require('lib0/hash/sha256') }

/** A WebSocket class whose instances can be cut, frozen (nothing passes, nothing closes) or refused, by `network`. */
export function badSocketClass(network) {
  return class BadSocket extends EventTarget {
    #real
    #inbox = Promise.resolve()
    binaryType = 'arraybuffer'

    constructor(url) {
      super()
      if (network.isOffline) {
        queueMicrotask(() => this.#fail())
        return
      }
      network.live.add(this)
      this.#real = new WebSocket(url, { headers: { origin: network.origin } })
      this.#real.binaryType = 'arraybuffer'
      this.#real.addEventListener('open', () => this.dispatchEvent(new Event('open')))
      this.#real.addEventListener('message', (event) => this.#receive(event.data))
      this.#real.addEventListener('error', () => this.#fail())
      this.#real.addEventListener('close', (event) => this.#closed(event.code, event.reason))
    }

    get readyState() {
      return this.#real ? this.#real.readyState : 3
    }

    send(data) {
      if (this.#real?.readyState === 1) this.#real.send(data)
    }

    close() {
      this.#real?.close()
    }

    /** The network breaks: no farewell reaches either application in order. */
    cut() {
      this.#closed(1006, 'cut')
      this.#real?.close()
    }

    /** In order, each after the network's delay. */
    #receive(data) {
      const delay = network.delay()
      this.#inbox = this.#inbox
        .then(() => (delay > 0 ? new Promise((done) => setTimeout(done, delay)) : undefined))
        .then(() => network.live.has(this) && this.dispatchEvent(new MessageEvent('message', { data })))
    }

    #closed(code, reason) {
      if (!network.live.delete(this)) return
      this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
    }

    #fail() {
      this.dispatchEvent(Object.assign(new Event('error'), { message: 'refused' }))
      this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: 'refused' }))
      network.live.delete(this)
    }
  }
}

export class Network {
  live = new Set()
  isOffline = false
  delay = () => 0
  constructor(origin) {
    this.origin = origin
  }
  cut() {
    for (const socket of [...this.live]) socket.cut()
  }
}

/** One person's page: a socket and the documents on it. */
export class Page {
  docs = new Map()
  providers = new Map()
  constructor({ base, interview, token, origin, names = ['workspace'] }) {
    this.network = new Network(origin)
    this.socket = new HocuspocusProviderWebsocket({
      url: `${base.replace('http', 'ws')}/api/rooms/${interview}/collab`,
      WebSocketPolyfill: badSocketClass(this.network),
      delay: 20, minDelay: 10, maxDelay: 200, factor: 1.5,
    })
    const ticket = async () => {
      const answer = await fetch(`${base}/api/rooms/${interview}/collab/ticket`, {
        method: 'POST', headers: { authorization: `Bearer ${token}` },
      })
      return (await answer.json()).ticket ?? ''
    }
    for (const name of names) this.open(name, ticket)
  }

  open(name, ticket) {
    const doc = new Y.Doc()
    this.docs.set(name, doc)
    const provider = new HocuspocusProvider({
      websocketProvider: this.socket, name, document: doc,
      token: () => ticket().catch(() => ''),
      // a ticket that could not be fetched, as the web client does it: come again on a new socket
      onAuthenticationFailed: () => this.socket.webSocket?.close(),
    })
    provider.attach()
    this.providers.set(name, provider)
  }

  get isSaved() {
    return [...this.providers.values()].every((p) => p.synced && p.isAuthenticated && p.unsyncedChanges === 0)
  }

  destroy() {
    for (const provider of this.providers.values()) provider.destroy()
    this.socket.destroy()
  }
}

export function workspaceText(doc) {
  const files = doc.getMap('files')
  return [...files.keys()].sort().map((id) => {
    const file = files.get(id)
    return [id, file.get('name'), file.get('text')].map((v) => `${v ?? ''}\u0000`).join('')
  }).join('')
}

export function digest(text) {
  return Buffer.from(sha256.digest(new TextEncoder().encode(text))).toString('hex')
}
