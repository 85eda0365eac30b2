"""What is claimed: Theorem 1 as printed, and as corrected, one sentence each."""

PRINTED_I = "Only the first N_eff eigenvalues of A exceed 1; the rest are exactly 1."
PRINTED_II = (
    "Only the first N_eff elements of the diagonal state contribute to the "
    "reconstruction."
)
PRINTED_III = (
    "The kernel follows from the top N_eff rows of the diagonal kernel and the "
    "corresponding rows of V."
)
LYAPUNOV = "A_r + A_r^H = I + b b^H: the operator is normal plus rank one."
REDUCTION = (
    "The spectrum of A is that of A_r and N - r times 1; "
    "state, kernel and reconstruction depend on A_r only."
)
HALF_PLANE = (
    "Re lambda = 1/2 + |g(1)|^2 / (2 |g|^2) >= 1/2 for every mode g: "
    "stability is a theorem."
)
SIMPLE = (
    "Without an eigenvalue on Re = 1/2, A_r is diagonalizable exactly when its r "
    "eigenvalues are simple."
)
INTEGERS = "If V holds the polynomials of degree <= p, 1 .. p + 1 are eigenvalues."
TRUNCATION = (
    "With a truncated pseudo-inverse all clauses hold for V_r, the span of the kept "
    "singular vectors, and the papers' A moves it alike."
)
TRANSLATED = (
    "Translated: A_r + A_r^H = k_0 k_0^H + k_1 k_1^H, so Re >= 0, and the redundant "
    "eigenvalue is 0, not 1."
)
