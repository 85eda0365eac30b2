# %% [markdown]
# # From a frame to a trained classifier
#
# A wavelet's name becomes an operator, the operator a layer, the layer a model, and the
# model tells, sample by sample, which way time runs in an electrocardiogram. Run it with
# `nox -s examples`, or cell by cell in an editor that knows percent scripts.

# %%
import pywt
import torch
from torch.nn.functional import cross_entropy

from framestate import frames, ssm
from framestate.deep import layers, models, train

torch.manual_seed(0)

# %% [markdown]
# ## A frame, and what is proved of it
#
# 416 wavelets on the window, far more than its 65 dimensions. The theorem that the papers
# print holds for some frames and fails for others; the certificate says clause by clause.

# %%
frame = frames.wavelet_frame("db11", scales=(0, 3), shift=0.01, rcond=0.01)
print(f"{frame.size} atoms span {frame.rank} dimensions")
print(frames.check_theorem1(frame))

# %% [markdown]
# ## The operator, and the 65 numbers that it needs
#
# `scaled` is the memory of all that came before, `reduce` loses nothing, `diagonalize`
# would refuse if the eigenvectors could not be trusted.

# %%
small = ssm.reduce(frames.scaled(frame))
modes = ssm.diagonalize(small, max_cond=1e8)
print(
    f"{len(modes.lam)} modes, cond(V) = {modes.cond:.1f}, residual {modes.residual:.0e}"
)

# %% [markdown]
# ## A real signal
#
# The electrocardiogram that PyWavelets carries has three beats. The model is trained on
# the first two and judged on the third. Half of the windows are turned around in time.

# %%
ecg = torch.tensor(pywt.data.ecg(), dtype=torch.float32)
ecg = (ecg - ecg.mean()) / ecg.std()


def windows(signal: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of 128 samples, forwards (label 0) and backwards (label 1)."""
    cut = signal.unfold(0, 128, 2)
    both = torch.cat((cut, cut.flip(1)))[..., None]
    return both, torch.arange(2).repeat_interleave(len(cut))


seen, unseen = windows(ecg[:640]), windows(ecg[680:])

# %% [markdown]
# ## A layer and a model
#
# Poles and inputs stay as they were derived; what is read from the state, and how fast
# time runs in each channel, is learned.

# %%
layer = layers.DiagonalSSM(modes, d_model=32, trainable=("C", "D", "dt"))
model = models.SequenceModel(1, 2, [layer], pooling="mean")
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")


def batches(size: int = 32):
    """Random batches, without end."""
    while True:
        pick = torch.randint(len(seen[0]), (size,))
        yield seen[0][pick], seen[1][pick]


curve = train.fit(model, batches(), steps=300, loss=cross_entropy)
print(f"loss {curve.losses[0]:.2f} -> {curve.losses[-1]:.3f}")

# %% [markdown]
# ## On a beat that it has not seen

# %%
model.eval()
with torch.no_grad():
    right = (model(unseen[0]).argmax(1) == unseen[1]).float().mean()
print(f"{right:.0%} of the unseen windows are told the right way")
assert right > 0.75

# %% [markdown]
# ## The same model, live
#
# One sample in, one answer out, in memory that does not grow. After 128 samples the
# answer is that of the whole window.

# %%
window, state = unseen[0][:1], model.initial_state(1)
with torch.no_grad():
    for sample in window.unbind(1):
        answer, state = model.step(sample, state)
    whole = model(window)
print(f"live and whole differ by {(answer - whole).abs().max():.0e}")
assert torch.allclose(answer, whole, atol=1e-4)
