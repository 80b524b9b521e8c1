// Loads a TMDL folder with Microsoft's own library of tabular models and validates it.
using System;
using Microsoft.AnalysisServices.Tabular;

static class TmdlCheck
{
    static int Main(string[] arguments)
    {
        foreach (var folder in arguments)
        {
            try
            {
                var model = TmdlSerializer.DeserializeDatabaseFromFolder(folder).Model;
                int columns = 0, measures = 0, hierarchies = 0;
                foreach (var table in model.Tables)
                {
                    columns += table.Columns.Count;
                    measures += table.Measures.Count;
                    hierarchies += table.Hierarchies.Count;
                }
                var result = model.Validate();
                foreach (var error in result.Errors)
                    Console.WriteLine("error: {0}", error.Message);
                Console.WriteLine(
                    "{0} tables, {1} columns, {2} measures, {3} relationships, " +
                    "{4} hierarchies, {5} roles, {6} errors",
                    model.Tables.Count, columns, measures, model.Relationships.Count,
                    hierarchies, model.Roles.Count, result.Errors.Count);
            }
            catch (Exception error)
            {
                Console.WriteLine("error: {0}", error.Message.Replace("\n", " "));
                Console.WriteLine("unreadable");
            }
        }
        return 0;
    }
}
