from framestate.bench.record import Results
def html(results: Results) -> str: return ""
def markdown(results: Results) -> str: return ""
