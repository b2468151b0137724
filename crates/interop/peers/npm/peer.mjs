// The npm package jose behind lines of JSON: one request a line on standard input, one answer a line on standard output.
// An answer has the request's id and one of
//   ok            what was asked for
//   refused       the check that a token or key did not pass, in one word
//   not_offered   this library lacks the algorithm
//   error         anything else, which the program takes for a failure
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as jose from "jose";

const operations = {
  hello() {
    const { version } = JSON.parse(readFileSync(new URL("./node_modules/jose/package.json", import.meta.url)));
    return { name: "npm jose", version, runtime: `node ${process.version}` };
  },

  // A key that only this library made.
  async generate({ alg, kid }) {
    const labels = { kid, alg, use: "sig" };
    // The library has it where Node.js has it, from 24 on; this peer says the same on every version.
    if (alg.startsWith("ML-DSA")) throw new jose.errors.JOSENotSupported(alg);
    if (alg.startsWith("HS")) {
      return { private_jwk: { ...(await jose.exportJWK(await jose.generateSecret(alg, { extractable: true }))), ...labels } };
    }
    const { publicKey, privateKey } = await jose.generateKeyPair(alg, { extractable: true });
    return {
      private_jwk: { ...(await jose.exportJWK(privateKey)), ...labels },
      public_jwk: { ...(await jose.exportJWK(publicKey)), ...labels },
      pkcs8: await jose.exportPKCS8(privateKey),
    };
  },

  async import_pem({ alg, pem, kid }) {
    let key;
    try {
      key = await jose.importPKCS8(pem, alg, { extractable: true });
    } catch (error) {
      if (error instanceof jose.errors.JOSENotSupported && !/key format/.test(error.message)) throw error;
      throw new Refused("key");
    }
    const jwk = await jose.exportJWK(key);
    const labels = { kid, alg, use: "sig" };
    return { private_jwk: { ...jwk, ...labels }, public_jwk: { ...publicMembers(jwk), ...labels } };
  },

  async sign({ alg, jwk, kid, typ, claims }) {
    const key = await jose.importJWK(jwk, alg);
    return { token: await new jose.SignJWT(claims).setProtectedHeader({ alg, kid, typ }).sign(key) };
  },

  async verify({ jwk, ...request }) {
    return await verify(request, await jose.importJWK(jwk, request.alg));
  },

  // The set alone says which key; told is the one that was taken.
  async verify_by_set({ set, ...request }) {
    const select = jose.createLocalJWKSet(set);
    let taken;
    const answer = await verify(request, async (header, token) => (taken = await select(header, token)));
    return { ...answer, thumbprint: await jose.calculateJwkThumbprint(await jose.exportJWK(taken)) };
  },

  async thumbprint({ jwk }) {
    return { thumbprint: await jose.calculateJwkThumbprint(jwk) };
  },
};

async function verify({ alg, token, typ, issuer, audience, now }, key) {
  const currentDate = new Date(now * 1000);
  const options = { algorithms: [alg], typ, issuer, audience, currentDate, requiredClaims: ["exp", "iat"] };
  const { protectedHeader, payload } = await jose.jwtVerify(token, key, options);
  return { header: protectedHeader, claims: payload };
}

function publicMembers({ kty, crv, x, y, n, e }) {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
}

class Refused extends Error {}

function failure(error) {
  if (error instanceof Refused) return { refused: error.message };
  if (error instanceof jose.errors.JWSSignatureVerificationFailed) return { refused: "signature" };
  if (error instanceof jose.errors.JWKSNoMatchingKey) return { refused: "kid" };
  if (error instanceof jose.errors.JOSENotSupported) return { not_offered: error.message };
  return { error: `${error?.name}: ${error?.message}` };
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { id, op, ...request } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: await operations[op](request) };
  } catch (error) {
    answer = failure(error);
  }
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
}
