import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import bg from "./bg.json";
import en from "./en.json";
import ru from "./ru.json";

export const LANGUAGES = { en: "English", ru: "Русский", bg: "Български" } as const;
const KEY = "ringside.language";

function firstLanguage(): string {
  const wanted = [localStorage.getItem(KEY) ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2));
  return wanted.find((tag) => tag in LANGUAGES) ?? "en";
}

void i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, ru: { translation: ru }, bg: { translation: bg } },
  lng: firstLanguage(),
  fallbackLng: "en",
  interpolation: { escapeValue: false },
});
document.documentElement.lang = i18next.language;

export function changeLanguage(language: string): void {
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}
