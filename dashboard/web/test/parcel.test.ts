import assert from "node:assert/strict";
import { test } from "node:test";
import { base45, Collected, crc32, type Entry, pack, unbase45 } from "../src/control/parcel";

const bytes = (text: string) => new TextEncoder().encode(text);

function entries(n: number): Entry[] {
  return Array.from({ length: n }, (_, i) => {
    const key = crc32(bytes(`a ${i}`)).repeat(4).toLowerCase();
    return {
      key, control: "TC1", by: "web-0badcafe", kind: "stamp", label: `10:${i}`, car: String(i), at: 1_700_000_000_000 + i * 60_000,
      body: { idempotency_key: key }, frozen: { idempotency_key: key, phone_at: new Date(1_700_000_134_300 + i * 61_007).toISOString(), offset_us: 134_300_000, car: String(i) },
    };
  });
}

test("Base45 and the checksum are those of RFC 9285 and of zip", () => {
  for (const [plain, coded] of [["AB", "BB8"], ["Hello!!", "%69 VD92EX0"], ["base-45", "UJCLQE7W581"], ["ietf!", "QED8WEX0"]] as const) {
    assert.equal(base45(bytes(plain)), coded);
    assert.deepEqual(unbase45(coded), bytes(plain));
  }
  for (const bad of ["GGW", ":::", "A", "a00", "AAAA"]) assert.throws(() => unbase45(bad), /Base45/, bad);
  assert.equal(crc32(bytes("123456789")), "CBF43926");
});

test("entries come out as they went in, whatever the order and however often a part is seen", async () => {
  const sent = entries(90);
  const codes = await pack(sent);
  assert.ok(codes.length > 5);
  const collected = new Collected();
  for (const code of [...codes].reverse()) {
    assert.equal(await collected.entries(), null);
    for (let i = 0; i < 2; i += 1) assert.ok(collected.take(code));
  }
  assert.deepEqual(collected.progress, { have: codes.length, of: codes.length });
  assert.deepEqual(await collected.entries(), sent);
});

test("a day's hundred and forty entries are some twenty codes, each of capitals and figures only", async () => {
  const codes = await pack(entries(140));
  assert.ok(codes.length < 25, `${codes.length} codes`);
  for (const code of codes) assert.match(code, /^[0-9A-Z $%*+\-./:]{1,420}$/);
});

test("parts of another parcel begin anew, and what is no part is passed over", async () => {
  const [first, second] = [await pack(entries(20)), await pack(entries(21))];
  const collected = new Collected();
  collected.take(first[0] as string);
  for (const other of ["https://example.org", "RK1:00000000:3/2:AAA", "RK1:00000000:0/2:AAA", "RK1:0000000:1/1:AAA", "RK1:00000000:1/999:AAA"]) {
    assert.equal(collected.take(other), false, other);
  }
  for (const code of second) collected.take(code);
  assert.equal((await collected.entries())?.length, 21);
});

test("a damaged parcel is refused whole", async () => {
  const codes = await pack(entries(30));
  const collected = new Collected();
  for (const code of codes) collected.take(code.replace(/.$/, (sign) => (sign === "A" ? "B" : "A")));
  await assert.rejects(collected.entries());
});

test("what a hostile code asks for beyond a marshal's work is refused", async () => {
  const [good] = entries(1) as [Entry];
  for (const bad of [{ ...good, kind: "rule" }, { ...good, by: "" }, { ...good, body: "x" }, { ...good, key: 5 }, null]) {
    const collected = new Collected();
    for (const code of await pack([bad as unknown as Entry])) collected.take(code);
    await assert.rejects(collected.entries());
  }
});
