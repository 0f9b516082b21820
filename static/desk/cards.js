// Card numbers as the portal writes them (accounts/cards.py): `ML`, seven digits and a check digit.

export const asCard = (typed) => typed.replace(/[\s-]/g, "").toUpperCase();

export function isCard(number) {
  if (!/^ML\d{8}$/.test(number)) {
    return false;
  }
  const digits = Array.from(number.slice(2), Number).reverse();
  const sum = digits.reduce((total, digit, place) => {
    const value = place % 2 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
