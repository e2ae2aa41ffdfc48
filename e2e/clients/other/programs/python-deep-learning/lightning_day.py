"""Autologging of Lightning, and Lightning's own logger for MLflow."""

from one_by_one import call, leave_uninferred

import os

import lightning
import mlflow
import mlflow.pytorch
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import MLFlowLogger
from torch.utils.data import DataLoader, TensorDataset

WORK = os.environ["WORK"]
torch.manual_seed(1)
X = torch.randn(32, 4)
DATA = DataLoader(TensorDataset(X, X.sum(1, keepdim=True)), batch_size=8)


class Line(lightning.LightningModule):
    def __init__(self, rate=0.01):
        super().__init__()
        self.save_hyperparameters()
        torch.manual_seed(2)
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, x):
        return self.layer(x)

    def _loss(self, batch, name):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log(name, loss, on_epoch=True)
        return loss

    def training_step(self, batch, _):
        return self._loss(batch, "train_loss")

    def validation_step(self, batch, _):
        self._loss(batch, "val_loss")

    def test_step(self, batch, _):
        self._loss(batch, "test_loss")

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.rate)


def trainer(folder, **options):
    return lightning.Trainer(max_epochs=3, accelerator="cpu", enable_progress_bar=False, enable_model_summary=False, log_every_n_steps=2, default_root_dir=os.path.join(WORK, folder), **options)


mlflow.set_experiment("autolog-lightning")
mlflow.pytorch.autolog(log_every_n_epoch=1, checkpoint=True)
leave_uninferred()
with mlflow.start_run(run_name="fit"):
    fits = trainer("auto", logger=False)
    line = Line()
    call(fits.fit, line, DATA, DATA)
    call(fits.test, line, DATA, verbose=False)
mlflow.pytorch.autolog(disable=True)
logger = MLFlowLogger(experiment_name="lightning-logger", run_name="logged", tags={"team": "red"}, tracking_uri=os.environ["MLFLOW_TRACKING_URI"], log_model="all")
logs = trainer("logger", logger=logger, callbacks=[ModelCheckpoint(monitor="val_loss", dirpath=os.path.join(WORK, "kept"), save_top_k=1)])
call(logs.fit, Line(0.05), DATA, DATA)
call(logger.finalize, "success")
call(mlflow.search_runs, experiment_names=["autolog-lightning", "lightning-logger"], order_by=["start_time ASC"])
with mlflow.start_run(run_name="model"):
    logged = call(mlflow.pytorch.log_model, Line(), name="line", input_example=X[:2].numpy())
call(lambda: mlflow.pytorch.load_model(logged.model_uri)(X[:1]))
print("the day is over")
