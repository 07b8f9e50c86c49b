import { describe, expect, test } from "vitest";
import bg from "./bg.json";
import en from "./en.json";
import ru from "./ru.json";

/** Every text's key, with plural forms folded, and the values its text names. */
function texts(part: object, path = ""): [string, string][] {
  return Object.entries(part).flatMap(([key, value]): [string, string][] => {
    const name = `${path}.${key.replace(/_(one|few|many|other)$/, "")}`;
    return typeof value === "string" ? [[name, [...value.matchAll(/{{\w+}}/g)].map(String).sort().join()]] : texts(value, name);
  });
}

describe("the three languages", () => {
  test.each([
    ["ru", ru],
    ["bg", bg],
  ])("%s says everything that English says, with the same values", (_, other) => {
    expect(new Map(texts(other))).toEqual(new Map(texts(en)));
  });
});
